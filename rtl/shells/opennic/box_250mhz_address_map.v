// OpenNIC reads a file of this name; the card needs no map (address_map.vh).
module box_250mhz_address_map ();
endmodule
