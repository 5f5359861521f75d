// What the FPGA shows on PCIe: {device, vendor} and {subsystem, subsystem vendor}. Amazon's vendor
// id allows the device ids 0xf000 to 0xf0ff; a subsystem of zero is refused.
`define CL_SH_ID0 32'hf0a1_1d0f
`define CL_SH_ID1 32'h5355_1d0f
