# The machine's own settings, which a person may take back at any time: what this step has placed and made is written down, so
# that it gives back that and nothing else. A file that was there before is kept, and comes back.
settings=$stamps/system

# recorded WHAT: sets the array mine to the files or users that are this step's.
recorded() {
  mine=()
  [[ ! -e $settings/$1 ]] || mapfile -t mine <"$settings/$1"
}

# record WHAT NAME ...: these are this step's from now on, and no others.
record() {
  local what=$1 text=''; shift
  (($# == 0)) || printf -v text '%s\n' "$@"
  place 600 root:root "$settings/$what" "$text"
}

# among NAME NAMES ...: whether the first is one of the others.
among() {
  local one
  for one in "${@:2}"; do [[ $one != "$1" ]] || return 0; done
  return 1
}

# take_paths PATH ...: what is there of somebody else's is kept.
take_paths() {
  local path mine new=()
  recorded files
  for path; do
    ! among "$path" "${mine[@]}" || continue
    [[ ! -d $path || -L $path ]] || fail "$path is a directory here; choose another path"
    new+=("$path")
    rm -rf "$settings/before$path"
    [[ -e $path || -L $path ]] || continue
    mkdir -p "$settings/before${path%/*}"
    cp --archive --no-target-directory "$path" "$settings/before$path"
  done
  ((${#new[@]} == 0)) || record files "${mine[@]}" "${new[@]}"
}

# give_back_paths PATH ...: all but these are as they were before.
give_back_paths() {
  local path kept mine
  recorded files
  for path in "${mine[@]}"; do
    ! among "$path" "$@" || continue
    kept=$settings/before$path
    if [[ -e $kept || -L $kept ]]; then
      cp --archive --no-target-directory "$kept" "$path.$0.new"
      mv -fT "$path.$0.new" "$path"
      say "gave back $path"
    else
      rm -f "$path"
      say "removed $path"
    fi
  done
  record files "$@"
}

# take_users NAME ...: users that are there and not this step's are somebody else's.
take_users() {
  local name mine new=()
  recorded users
  for name; do
    ! among "$name" "${mine[@]}" || continue
    ! getent passwd "$name" >/dev/null || fail "this machine has a user $name of its own; choose another name in users"
    new+=("$name")
  done
  ((${#new[@]} == 0)) || record users "${mine[@]}" "${new[@]}"
}

# user NAME SHELL GROUPS: is there, in these groups besides one of the user's own. `*` is a password that nobody can type, and
# yet no lock, which sshd would take for one against keys too.
user() {
  local name=$1 shell=$2 groups=$3 group
  [[ -x $shell ]] || fail "this machine has no $shell; choose another shell for the user $name"
  for group in ${groups//,/ }; do
    getent group "$group" >/dev/null || fail "this machine has no group $group; choose others for the user $name"
  done
  if ! getent passwd "$name" >/dev/null; then
    useradd --create-home --user-group --shell "$shell" --groups "$groups" --password '*' "$name"
    say "made the user $name"
  elif [[ $(getent passwd "$name") != *":$shell" || $(own_groups "$name") != "$groups" ]]; then
    usermod --shell "$shell" --groups "$groups" "$name"
    say "changed the user $name"
  fi
}

# own_groups NAME: those besides the user's first one, as GROUPS has them.
own_groups() {
  local all
  all=$(id --name --groups "$1")
  [[ $all == *' '* ]] || return 0
  tr ' ' '\n' <<<"${all#* }" | sort | paste --serial --delimiters=,
}

# give_back_users NAME ...: all but these are gone, with what they run and with their home directories.
give_back_users() {
  local name mine
  recorded users
  for name in "${mine[@]}"; do
    ! among "$name" "$@" || continue
    if getent passwd "$name" >/dev/null; then
      pkill -KILL --uid "$name" || true
      userdel --force --remove "$name" 2>/dev/null || ! getent passwd "$name" >/dev/null || fail "the user $name can't be removed"
      say "removed the user $name"
    fi
  done
  record users "$@"
}
