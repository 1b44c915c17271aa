/* The words that extensions.def writes for the places of an extension; include it only where that
 * table is read with FORM's second parameter in use. */
#ifndef PARLEY_TABLES_PLACES_H
#define PARLEY_TABLES_PLACES_H

#include "parley/tables.h"

enum {
    CH = PARLEY_PLACE_CH,
    SH12 = PARLEY_PLACE_SH12,
    SH = PARLEY_PLACE_SH,
    HRR = PARLEY_PLACE_HRR,
    EE = PARLEY_PLACE_EE,
    CT = PARLEY_PLACE_CT,
    CR = PARLEY_PLACE_CR,
    NST = PARLEY_PLACE_NST,
};

#endif
