// Writes a first corpus for path_fuzz: a few packets of every kind.
#include <cstdio>
#include <fstream>
#include <string>

#include "packet_gen/packet_generator.hpp"

int main(int argc, char** argv) {
  using namespace sluice::packet_gen;
  if (argc != 2) {
    std::fprintf(stderr, "usage: %s FOLDER\n", argv[0]);
    return 2;
  }
  const auto tables = make_tables(1);  // the tables of path_fuzz
  PacketGenerator generator(1, *tables, {.max_frame_bytes = 400});
  Packet packet;
  for (int kind = 0; kind < static_cast<int>(Kind::count); kind++) {
    for (int i = 0; i < 12; i++) {
      generator.make(static_cast<Kind>(kind), packet);
      const std::string name =
          std::string(argv[1]) + "/" + name_of(packet.kind) + "_" + std::to_string(i);
      std::ofstream file(name, std::ios::binary);
      file.put(static_cast<char>(packet.epoch | (packet.port << 1)));
      file.put(0);
      file.write(reinterpret_cast<const char*>(packet.bytes.data()),
                 static_cast<std::streamsize>(packet.bytes.size()));
      if (!file) {
        std::fprintf(stderr, "cannot write %s\n", name.c_str());
        return 1;
      }
    }
  }
  return 0;
}
