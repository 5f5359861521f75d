// The `sluice` command; docs/cli.md is the manual.
#pragma once

namespace sluice::cli {

// 0: done. 1: refused or failed, the reason and the next step are on stderr. Other: wrong usage.
int run(int argc, char** argv);

}  // namespace sluice::cli
