// What layout_generate writes: the SystemVerilog package and the reference pages, as texts.
#pragma once

#include <map>
#include <string>

namespace sluice::layout {

// "ServiceKey" -> "service_key"; "kMaxFrameBytes" -> "max_frame_bytes".
std::string snake_case(const std::string& name);
std::string upper(std::string text);

std::string layout_package();

// File name -> text.
std::map<std::string, std::string> reference_pages();

}  // namespace sluice::layout
