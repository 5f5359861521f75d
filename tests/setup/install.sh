# shellcheck shell=bash
# Installs what packages.txt names and dpkg does not have yet. Sourced by ./run, from the root.

# missing_packages LIST...: prints the missing packages, one a line.
missing_packages() {
  local name
  while read -r name; do
    [[ $(dpkg-query -W -f '${db:Status-Abbrev}' "$name" 2>/dev/null) == ii* ]] || echo "$name"
  done < <(sed -e 's/#.*//' -e '/^[[:space:]]*$/d' "$@")
}

# Debian starts a freshly installed nginx on port 80; Sluice only wants the program.
stop_packaged_nginx() {
  [[ -d /run/systemd/system ]] || return 0
  systemctl disable --quiet --now nginx.service || true
}

# install_packages [LIST...]: of packages.txt, and of more lists.
install_packages() {
  local missing
  set -- tests/setup/packages.txt "$@"
  mapfile -t missing < <(missing_packages "$@")
  ((${#missing[@]} == 0)) && return 0
  say "installing ${#missing[@]} Debian packages: ${missing[*]}"
  if ((EUID != 0)); then
    die "installing packages needs root; run: sudo apt-get install ${missing[*]}"
  fi
  command -v apt-get >/dev/null || die "no apt-get: Sluice installs itself on Debian 12 only"
  apt-get update || die "apt-get update failed: is there a network and a Debian 12 mirror?"
  DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "${missing[@]}" ||
    die "apt-get could not install the packages; the lines above say why"
  [[ " ${missing[*]} " == *" nginx-light "* ]] && stop_packaged_nginx
  mapfile -t missing < <(missing_packages "$@")
  ((${#missing[@]} == 0)) || die "still missing after the install: ${missing[*]}"
}
