# Whom this machine trusts when it speaks TLS to what is outside the lab, besides those that its image brought.
if command -v update-ca-certificates >/dev/null; then
  anchors=/usr/local/share/ca-certificates refresh='update-ca-certificates --fresh'
elif command -v update-ca-trust >/dev/null; then
  anchors=/etc/pki/ca-trust/source/anchors refresh='update-ca-trust extract'
else
  fail "the image has neither update-ca-certificates nor update-ca-trust; use an image with the package ca-certificates"
fi
# CN=Example Company Root CA
put 644 root:root /etc/hardway/authorities/88ef17843e2a.crt <<'END'
-----BEGIN CERTIFICATE-----
MIIBzzCCAXWgAwIBAgIUB4GwHW07ZbWGoj32/u8zAtyqy/kwCgYIKoZIzj0EAwIw
PDEYMBYGA1UECgwPRXhhbXBsZSBDb21wYW55MSAwHgYDVQQDDBdFeGFtcGxlIENv
bXBhbnkgUm9vdCBDQTAgFw0yNjExMjExNDE4MDdaGA8yMTI2MTAyODE0MTgwN1ow
PDEYMBYGA1UECgwPRXhhbXBsZSBDb21wYW55MSAwHgYDVQQDDBdFeGFtcGxlIENv
bXBhbnkgUm9vdCBDQTBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABMk/y3vo5ThO
EEVQUQrT6YoNOEwpsr/QuOGipuHGIaSZ7P+UJ4z1/iipgET0YoSXtUhvRlM3b+F7
/ENMGmTNHOSjUzBRMB0GA1UdDgQWBBSl/OLhXzrqvSIEcu1ZhTDfaTK0xzAfBgNV
HSMEGDAWgBSl/OLhXzrqvSIEcu1ZhTDfaTK0xzAPBgNVHRMBAf8EBTADAQH/MAoG
CCqGSM49BAMCA0gAMEUCICMo8K9g+j/7bgTcJ+p3Epx42ODtInummkXPs9K/2Gl+
AiEAkiiJ1jdL0+BmwaC0LStsyrFJeyA0UlH8BtSn1tVXE2s=
-----END CERTIFICATE-----
END
for file in /etc/hardway/authorities/*.crt; do
  id=${file##*/} id=${id%.crt}
  [[ " 88ef17843e2a " == *" $id "* ]] || { rm -f "$file" "$anchors/hardway-$id.crt"; say "removed $file"; }
done
for id in 88ef17843e2a; do link /etc/hardway/authorities/$id.crt "$anchors/hardway-$id.crt"; done
if [[ ! -e /var/lib/hardway/authorities || $(</var/lib/hardway/authorities) != '88ef17843e2a' ]]; then
  $refresh
  # Containers go on meanwhile.
  for unit in containerd.service crio.service; do
    if systemctl --quiet is-active "$unit"; then systemctl restart "$unit"; say "restarted $unit"; fi
  done
  place 644 root:root /var/lib/hardway/authorities '88ef17843e2a'
fi

# --- delete ---
if command -v update-ca-certificates >/dev/null; then
  anchors=/usr/local/share/ca-certificates refresh='update-ca-certificates --fresh'
elif command -v update-ca-trust >/dev/null; then
  anchors=/etc/pki/ca-trust/source/anchors refresh='update-ca-trust extract'
else
  fail "the image has neither update-ca-certificates nor update-ca-trust; use an image with the package ca-certificates"
fi
rm -rf /etc/hardway/authorities /var/lib/hardway/authorities "$anchors/hardway-"*.crt
$refresh
# Containers go on meanwhile.
for unit in containerd.service crio.service; do
  if systemctl --quiet is-active "$unit"; then systemctl restart "$unit"; say "restarted $unit"; fi
done
