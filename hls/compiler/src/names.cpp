#include "names.hpp"

#include <algorithm>
#include <cctype>
#include <set>

namespace hlsc {

bool is_keyword(const std::string& s) {
  static const std::string kWords =
      " accept_on alias always always_comb always_ff always_latch and assert assign assume "
      "automatic before begin bind bins binsof bit break buf bufif0 bufif1 byte case casex "
      "casez cell chandle checker class clocking cmos config const constraint context "
      "continue cover covergroup coverpoint cross deassign default defparam design disable "
      "dist do edge else end endcase endchecker endclass endclocking endconfig endfunction "
      "endgenerate endgroup endinterface endmodule endpackage endprimitive endprogram "
      "endproperty endsequence endspecify endtable endtask enum event eventually expect "
      "export extends extern final first_match for force foreach forever fork forkjoin "
      "function generate genvar global highz0 highz1 if iff ifnone ignore_bins illegal_bins "
      "implements implies import incdir include initial inout input inside instance int "
      "integer interconnect interface intersect join join_any join_none large let liblist "
      "library local localparam logic longint macromodule matches medium modport module "
      "nand negedge nettype new nexttime nmos nor noshowcancelled not notif0 notif1 null or "
      "output package packed parameter pmos posedge primitive priority program property "
      "protected pull0 pull1 pulldown pullup pulsestyle_ondetect pulsestyle_onevent pure "
      "rand randc randcase randsequence rcmos real realtime ref reg reject_on release "
      "repeat restrict return rnmos rpmos rtran rtranif0 rtranif1 s_always s_eventually "
      "s_nexttime s_until s_until_with scalared sequence shortint shortreal showcancelled "
      "signed small soft solve specify specparam static string strong strong0 strong1 "
      "struct super supply0 supply1 sync_accept_on sync_reject_on table tagged task this "
      "throughout time timeprecision timeunit tran tranif0 tranif1 tri tri0 tri1 triand "
      "trior trireg type typedef union unique unique0 unsigned until until_with untyped use "
      "uwire var vectored virtual void wait wait_order wand weak weak0 weak1 while wildcard "
      "wire with within wor xnor xor ";
  return kWords.find(" " + s + " ") != std::string::npos;
}

std::string unique_name(std::string wanted, std::set<std::string>* used) {
  if (wanted.empty()) wanted = "anonymous";
  while (is_keyword(wanted) || !used->insert(wanted).second) wanted += "_";
  return wanted;
}

void check_port_names(const Design& d) {
  std::set<std::string> ports = {"clk_i", "rst_i", "in_valid_i", "out_valid_o"};
  if (!d.result.empty()) ports.insert("result_o");
  auto add = [&](const Parameter& p, const std::string& port) {
    if (ports.insert(port).second) return;
    reject(p.place, "parameter '" + p.name + "' makes a second port '" + port + "'",
           "give it another name");
  };
  for (const Parameter& p : d.parameters) {
    if (p.kind == ParameterKind::kInput) add(p, p.name + "_i");
    if (p.kind == ParameterKind::kOutput) add(p, p.name + "_o");
  }
  for (const TablePort& t : d.ports) {
    const Parameter& p = d.parameters[static_cast<size_t>(t.parameter)];
    add(p, p.name + "_r" + std::to_string(t.index) + "_addr_o");
    add(p, p.name + "_r" + std::to_string(t.index) + "_data_i");
  }
  for (const StateAccess& s : d.states) {
    const Parameter& p = d.parameters[static_cast<size_t>(s.parameter)];
    for (const char* port : {"_r0_addr_o", "_r0_data_i", "_we_o", "_waddr_o", "_wdata_o"}) {
      add(p, p.name + port);
    }
  }
}

}  // namespace hlsc
