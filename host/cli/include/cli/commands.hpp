// The `sluice` command; docs/cli.md is the manual.
#pragma once

namespace sluice::cli {

// Keeps the program's stdout for what the commands print: what libraries write there (XRT does,
// even as the program ends) goes to stderr from now on. Once, before `run`; without it all share
// stdout.
void claim_stdout();

// 0: done. 1: refused or failed, the reason and the next step are on stderr. 2: wrong usage. 3:
// done but not saved. 4: nobody can say whether it was done.
int run(int argc, char** argv);

}  // namespace sluice::cli
