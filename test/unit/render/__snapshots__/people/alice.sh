# alice's certificate: asked for and approved through the API, so that the audit log has both.
# Standard output is for the certificate alone.
exec 3>&1 1>&2
put_secrets
digest=$(sha256sum /var/lib/hardway/people/alice/request.yaml); digest=${digest%% *}
certificate=/var/lib/hardway/people/alice/$digest.crt
if [[ ! -s $certificate ]]; then
  # What stands there under this name is an earlier term's, an interrupted run's, or somebody else's: it is not approved.
  file_request() { kubectl --kubeconfig /etc/kubernetes/admin.conf delete --filename /var/lib/hardway/people/alice/request.yaml --ignore-not-found && kubectl --kubeconfig /etc/kubernetes/admin.conf create --filename /var/lib/hardway/people/alice/request.yaml; }
  ask 300 "the API server" file_request
  ask 300 "the API server" kubectl --kubeconfig /etc/kubernetes/admin.conf certificate approve --filename /var/lib/hardway/people/alice/request.yaml
  if ! wait_for 300 "alice's certificate" kubectl --kubeconfig /etc/kubernetes/admin.conf wait --for 'jsonpath={.status.certificate}' --filename /var/lib/hardway/people/alice/request.yaml --timeout 60s; then
    kubectl --kubeconfig /etc/kubernetes/admin.conf describe --filename /var/lib/hardway/people/alice/request.yaml || true
    fail "alice's certificate was not signed within 300 s; the controller manager says why: journalctl --unit kube-controller-manager"
  fi
  ask 300 "the API server" kubectl --kubeconfig /etc/kubernetes/admin.conf get --filename /var/lib/hardway/people/alice/request.yaml --output 'jsonpath={.status.certificate}'
  signed=$(base64 --decode <<<"$answer")
  rm -f /var/lib/hardway/people/alice/*.crt
  place 644 root:root "$certificate" "$signed"$'\n'
fi
cat "$certificate" >&3

# --- delete ---
ask 300 "the API server" kubectl --kubeconfig /etc/kubernetes/admin.conf delete certificatesigningrequest hardway-alice --ignore-not-found
rm -rf /var/lib/hardway/people/alice
