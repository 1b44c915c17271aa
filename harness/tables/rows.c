/* The rows of every table, as arrays. */
#include "tables/places.h"

/* The words of messages.def. */
enum { TLS12 = PARLEY_IN_TLS12, TLS13 = PARLEY_IN_TLS13 };
enum { CLIENT = PARLEY_BY_CLIENT, SERVER = PARLEY_BY_SERVER };

const struct parley_message_row parley_messages[PARLEY_MESSAGE_COUNT] = {
#define MESSAGE(name, content, type, versions, sender, epoch, rfc, max_length)                     \
    {#name,    PARLEY_CONTENT_##content, (type), (versions),                                       \
     (sender), PARLEY_EPOCH_##epoch,     (rfc),  (max_length)},
#include "tables/messages.def"
#undef MESSAGE
};

/* COUNT_OF_name is how many forms an extension has, FIRST_OF_name the index of the first: each
 * row's enumerator goes on counting behind the row before. */
enum {
#define FORM(form, places) +1
#define EXTENSION(name, code, rfc, forms) COUNT_OF_##name = 0 forms,
#include "tables/extensions.def"
#undef EXTENSION
#undef FORM
};
enum {
    BEFORE_ALL = -1,
#define EXTENSION(name, code, rfc, forms)                                                          \
    FIRST_OF_##name, LAST_OF_##name = (int)FIRST_OF_##name + (int)COUNT_OF_##name - 1,
#include "tables/extensions.def"
#undef EXTENSION
};

const struct parley_extension_row parley_extensions[PARLEY_EXTENSION_COUNT] = {
#define EXTENSION(name, code, rfc, forms)                                                          \
    {#name, (code), (rfc), (enum parley_form)FIRST_OF_##name, COUNT_OF_##name},
#include "tables/extensions.def"
#undef EXTENSION
};

/* SLOT_form is SLOTS times the index of the form's extension, plus 1 to SLOTS - 1. */
#define SLOTS 16
enum {
#define FORM(form, places) SLOT_##form,
#define EXTENSION(name, code, rfc, forms) SLOTS_OF_##name = SLOTS * (int)PARLEY_EXT_##name, forms
#include "tables/extensions.def"
#undef EXTENSION
#undef FORM
};

const struct parley_form_row parley_forms[PARLEY_FORM_COUNT] = {
#define FORM(form, places) {#form, (enum parley_extension)(SLOT_##form / SLOTS), (places)},
#define EXTENSION(name, code, rfc, forms) forms
#include "tables/extensions.def"
#undef EXTENSION
#undef FORM
};

const struct parley_suite parley_suites[] = {
#define SUITE(name, code, version, kx, auth, cipher, hash)                                         \
    {#name,                                                                                        \
     (code),                                                                                       \
     PARLEY_##version,                                                                             \
     PARLEY_KX_##kx,                                                                               \
     PARLEY_AUTH_##auth,                                                                           \
     PARLEY_CIPHER_##cipher,                                                                       \
     PARLEY_HASH_##hash},
#include "tables/suites.def"
#undef SUITE
};
const size_t parley_suite_count = sizeof(parley_suites) / sizeof(parley_suites[0]);

/* The kinds of groups.def; which post-quantum ones are spoken is libcrypto's matter. */
#define KIND_NONE PARLEY_GROUP_KIND_NONE
#define KIND_X25519 PARLEY_GROUP_KIND_X25519
#define KIND_NIST PARLEY_GROUP_KIND_NIST
#define KIND_NIST_OLD PARLEY_GROUP_KIND_NIST
#define KIND_FFDHE PARLEY_GROUP_KIND_FFDHE
#ifdef PARLEY_HAVE_KYBER768
#define KIND_KYBER768 PARLEY_GROUP_KIND_HYBRID
#else
#define KIND_KYBER768 PARLEY_GROUP_KIND_NONE
#endif
#ifdef PARLEY_HAVE_MLKEM768
#define KIND_MLKEM768 PARLEY_GROUP_KIND_HYBRID
#else
#define KIND_MLKEM768 PARLEY_GROUP_KIND_NONE
#endif

const struct parley_group parley_groups[] = {
#define GROUP(name, code, kind, share_length) {#name, (code), KIND_##kind, (share_length)},
#include "tables/groups.def"
#undef GROUP
};
const size_t parley_group_count = sizeof(parley_groups) / sizeof(parley_groups[0]);

const struct parley_sigalg parley_sigalgs[] = {
#define SIGALG(name, code, key, curve, hash, tls13)                                                \
    {#name, (code), PARLEY_KEY_##key, PARLEY_GROUP_##curve, PARLEY_HASH_##hash, (tls13)},
#include "tables/sigalgs.def"
#undef SIGALG
};
const size_t parley_sigalg_count = sizeof(parley_sigalgs) / sizeof(parley_sigalgs[0]);
