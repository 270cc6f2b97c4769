# Completes the arguments of ./lab in fish: PATH-OF-THE-CHECKOUT/lab completion fish > ~/.config/fish/completions/lab.fish
function __lab_complete
    set -l typed (commandline --tokenize --cut-at-cursor --current-process)
    set -l lab (string replace --regex '^~' $HOME -- $typed[1])
    $lab __complete $typed[2..-1] (commandline --current-token --cut-at-cursor | string collect --allow-empty) 2>/dev/null
end
complete --command lab --no-files --arguments '(__lab_complete)'
