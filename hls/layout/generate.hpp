// What layout_generate writes: the SystemVerilog package and the reference pages, as texts.
#pragma once

#include <map>
#include <string>

namespace sluice::layout {

// "ServiceKey" -> "service_key"; "kMaxFrameBytes" -> "max_frame_bytes".
std::string snake_case(const std::string& name);
std::string upper(std::string text);

std::string layout_package();
std::string connection_view();

// Parts of other boxes' views that shells need.
std::string shell_constants();
std::string shell_page();

// The kernel as v++ and XRT shall know it: ports, an argument for each register and window.
std::string kernel_xml();

// File name -> text.
std::map<std::string, std::string> reference_pages();

}  // namespace sluice::layout
