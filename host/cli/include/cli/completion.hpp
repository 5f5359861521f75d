// Shell completion, made from the options the program really has.
#pragma once

#include <string>

namespace CLI {
class App;
}

namespace sluice::cli {

std::string bash_completion(const CLI::App& app);

}  // namespace sluice::cli
