# Completes the arguments of ./lab in bash: source <(PATH-OF-THE-CHECKOUT/lab completion bash)
_lab() {
  local current='' prefix='' index word line
  local -a typed=()
  for ((index = 1; index <= COMP_CWORD; index++)); do
    word=${COMP_WORDS[index]}
    # bash splits --stack=NAME into three words.
    if ((${#typed[@]} > 0)) && [[ $word == = || ${COMP_WORDS[index - 1]} == = ]]; then
      typed[${#typed[@]} - 1]+=$word
    else
      typed+=("$word")
    fi
  done
  current=${typed[${#typed[@]} - 1]}
  # Where bash splits at =, it replaces only what follows.
  [[ $current == --*=* && $COMP_WORDBREAKS == *=* ]] && prefix=${current%%=*}=
  COMPREPLY=()
  while IFS= read -r line; do
    line=${line%%$'\t'*}
    [[ $line == "$current"* ]] && COMPREPLY+=("${line#"$prefix"}")
  done < <("${COMP_WORDS[0]/#\~/$HOME}" __complete "${typed[@]}" 2>/dev/null)
}
complete -F _lab lab
