#compdef lab
# Completes the arguments of ./lab in zsh: source <(PATH-OF-THE-CHECKOUT/lab completion zsh)
_lab() {
  local line
  local -a candidates
  for line in "${(@f)$(${(Q)~words[1]} __complete "${(@Q)words[2,CURRENT]}" 2>/dev/null)}"; do
    [[ -n $line ]] && candidates+=("${${line//:/\\:}/$'\t'/:}")
  done
  _describe 'lab' candidates
}
compdef _lab lab
