#include "cli/commands.hpp"

int main(int argc, char** argv) {
  sluice::cli::claim_stdout();
  return sluice::cli::run(argc, argv);
}
