# Every suite and every group there is, as "parley matrix" has them.
# shellcheck shell=sh
"$PARLEY" matrix --list | while read -r name options; do
    case $name in
    suite_*_ecdsa_*) echo "$name exchange - TLS=1.2 SUITE=${options#--suite }" ;;
    suite_*_with_*) echo "$name exchange - TLS=1.2 SUITE=${options#--suite } CERT=server-rsa" ;;
    suite_*) echo "$name exchange - TLS=1.3 SUITE=${options#--suite }" ;;
    group_tls12_*) echo "$name exchange - TLS=1.2 GROUP=${options##*--group } CERT=server-rsa" ;;
    group_tls13_*) echo "$name exchange - TLS=1.3 GROUP=${options##*--group } CERT=server-rsa" ;;
    esac
done
