#!/bin/bash
# The reference's certificates: every key and certificate of a cluster, created with openssl in the
# directory $1. Standard input lists them:
#   ca NAME COMMON-NAME
#   key NAME                      a key pair without a certificate, for service accounts' tokens
#   leaf NAME KEY AUTHORITY USES SUBJECT [SAN]
#                                 signed by AUTHORITY; KEY names the key, created if it is missing
set -euo pipefail
cd "$1"
umask 077
key() { [ -e "$1.key" ] || openssl ecparam -name prime256v1 -genkey -noout -out "$1.key"; }
while IFS=$'\t' read -r kind name a b c d e; do
  case $kind in
    ca)
      key "$name"
      openssl req -x509 -new -key "$name.key" -days 3650 -subj "/CN=$a" -out "$name.crt" \
        -addext keyUsage=critical,keyCertSign,cRLSign,digitalSignature
      ;;
    key)
      key "$name"
      openssl pkey -in "$name.key" -pubout -out "$name.pub"
      ;;
    leaf)
      key "$a"
      printf 'keyUsage=critical,digitalSignature\nextendedKeyUsage=%s\n%s' "$c" "${e:+subjectAltName=$e}" >"$name.ext"
      openssl req -new -key "$a.key" -subj "$d" |
        openssl x509 -req -CA "$b.crt" -CAkey "$b.key" -days 365 -extfile "$name.ext" -out "$name.crt" 2>/dev/null
      ;;
  esac
done
