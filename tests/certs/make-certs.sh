#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# make-certs.sh OPENSSL DIRECTORY
#
# Makes the certificates that the TLS tests use. Nothing here is secret or trusted outside of the tests.
# All are ECDSA P-256 and, where nothing else is said, valid from 2020 to 2049.
#
# Certificates only, for a client that is to trust them:
#   root-ca.pem          the CA that plays the system's root
#   private-ca.pem       a CA that the system does not know
#   expired-ca.pem       a CA whose certificate expired in 2021
#
# Certificate, further certificates of the chain, private key, for g_tls_certificate_new_from_file(). The names are
# localhost, 127.0.0.1 and ::1 where nothing else is said:
#   good.pem             signed by an intermediate of root-ca, which is included
#   no-intermediate.pem  the same without the intermediate
#   name-only.pem        like good.pem, but only for the name localhost
#   wrong-host.pem       like good.pem, but for elsewhere.example
#   expired.pem          like good.pem, but expired in 2021
#   not-yet-valid.pem    like good.pem, but valid from 2048
#   signed-by-leaf.pem   signed with good.pem, which is no CA; that is included and so is the intermediate
#   self-signed.pem      signed by itself
#   private.pem          signed by private-ca
#   from-expired-ca.pem  valid itself, but signed by expired-ca
set -eu

openssl=$1
out=$2

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT INT TERM

cat > "$work/ca.cnf" <<EOF
[ca]
default_ca = any
[any]
database = $work/index.txt
new_certs_dir = $work
default_md = sha256
policy = policy
rand_serial = yes
unique_subject = no
[policy]
commonName = supplied
[req]
distinguished_name = dn
[dn]
EOF
: > "$work/index.txt"

here='DNS:localhost,IP:127.0.0.1,IP:::1'

# issue NAME ISSUER FROM TO EXTENSIONS: makes NAME.crt and NAME.key; an issuer "-" is NAME itself
issue () {
  "$openssl" req -new -config "$work/ca.cnf" -subj "/CN=QCC test $1" -newkey ec -pkeyopt ec_paramgen_curve:P-256 \
    -nodes -keyout "$work/$1.key" -out "$work/$1.csr" 2> "$work/log" || { cat "$work/log" >&2; exit 1; }
  printf '%s\n' "$5" 'subjectKeyIdentifier = hash' > "$work/$1.ext"
  if [ "$2" = - ]; then
    set -- "$@" -selfsign -keyfile "$work/$1.key"
  else
    set -- "$@" -cert "$work/$2.crt" -keyfile "$work/$2.key"
  fi
  name=$1 from=$3 to=$4
  shift 5
  "$openssl" ca -batch -config "$work/ca.cnf" -notext -startdate "$from" -enddate "$to" \
    -in "$work/$name.csr" -extfile "$work/$name.ext" -out "$work/$name.crt" "$@" \
    2> "$work/log" || { cat "$work/log" >&2; exit 1; }
}

# bundle NAME CERTIFICATE...: writes NAME.pem with the certificates and the key of the first
bundle () {
  target=$out/$1.pem key=$work/$2.key
  shift
  for crt; do
    shift
    set -- "$@" "$work/$crt.crt"
  done
  cat "$@" "$key" > "$target"
}

long='20200101000000Z 20491231235959Z'
past='20200101000000Z 20210101000000Z'
future='20480101000000Z 20491231235959Z'
ca='basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign,cRLSign'
leaf="basicConstraints = critical,CA:FALSE
keyUsage = critical,digitalSignature
extendedKeyUsage = serverAuth
subjectAltName ="

# The dates are two words each.
# shellcheck disable=SC2086
{
  issue root-ca - $long "$ca"
  issue private-ca - $long "$ca"
  issue expired-ca - $past "$ca"
  issue intermediate root-ca $long "$ca"

  issue good intermediate $long "$leaf $here"
  issue name-only intermediate $long "$leaf DNS:localhost"
  issue wrong-host intermediate $long "$leaf DNS:elsewhere.example"
  issue expired intermediate $past "$leaf $here"
  issue not-yet-valid intermediate $future "$leaf $here"
  issue signed-by-leaf good $long "$leaf $here"
  issue self-signed - $long "$leaf $here"
  issue private private-ca $long "$leaf $here"
  issue from-expired-ca expired-ca $long "$leaf $here"
}

for name in root-ca private-ca expired-ca; do
  cp "$work/$name.crt" "$out/$name.pem"
done
for name in good name-only wrong-host expired not-yet-valid; do
  bundle "$name" "$name" intermediate
done
bundle no-intermediate good
bundle signed-by-leaf signed-by-leaf good intermediate
bundle self-signed self-signed
bundle private private
bundle from-expired-ca from-expired-ca
