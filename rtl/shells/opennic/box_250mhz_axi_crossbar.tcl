# Sourced by OpenNIC's build to make the box's AXI-Lite crossbar; one slave needs none.
puts "Sluice: no crossbar in the box of 250 MHz"
