// Connections in a file: what is written reads back, and what is damaged is refused.
#include <gtest/gtest.h>

#include "daemon/connection_file.hpp"

namespace sluice::daemon {
namespace {

using base::Errc;

SavedConnection connection(std::uint32_t i) {
  SavedConnection c;
  c.backend.service.vip = {0x0a090001 + i % 5};
  c.backend.service.port = static_cast<std::uint16_t>(80 + i % 3);
  c.backend.service.protocol = i % 2 == 0 ? model::Protocol::tcp : model::Protocol::udp;
  c.backend.address = {0x0a02000b + i % 7};
  c.backend.port = static_cast<std::uint16_t>(8080 + i % 4);
  c.client = {0xc0000201 + i * 2654435761U};
  c.client_port = static_cast<std::uint16_t>(i * 40503);
  c.state = static_cast<std::uint8_t>(1 + i % 7);
  c.seconds_left = static_cast<std::uint32_t>(i * 89 % 86'401);
  c.backend_reference = static_cast<std::uint16_t>(i * 3);
  c.client_reference = static_cast<std::uint16_t>(0xffff - i);
  return c;
}

std::string text_of(const std::vector<SavedConnection>& connections) {
  ConnectionFileWriter writer;
  for (const auto& c : connections) writer.add_line(connection_line(c));
  return std::move(writer).finish();
}

TEST(ConnectionFile, IsTextThatReadsBackAsItWasWritten) {
  std::vector<SavedConnection> connections;
  for (std::uint32_t i = 0; i < 5000; ++i) connections.push_back(connection(i));
  const auto read = read_connections(text_of(connections), "x");
  ASSERT_TRUE(read) << read.error().message();
  EXPECT_EQ(*read, connections);
  EXPECT_TRUE(read_connections(text_of({}), "x")->empty());
}

// The format is a contract: files outlive versions.
TEST(ConnectionFile, IsWrittenAsItsManualSays) {
  SavedConnection c = connection(2);
  c.client = {0xc0000207};
  c.client_port = 40000;
  EXPECT_EQ(text_of({c}),
            "{\"format\":\"sluice-connections\",\"version\":1}\n"
            "[\"tcp\",\"10.9.0.3\",82,\"192.0.2.7\",40000,\"10.2.0.13\",8082,\"client_fin\",178,6,"
            "65533]\n"
            "{\"connections\":1,\"fnv1a\":\"59c4903b2f5298cf\"}\n");
}

TEST(ConnectionFile, RefusesAnyFileThatWasCut) {
  const std::string text = text_of({connection(1), connection(2), connection(3)});
  for (std::size_t bytes = 0; bytes < text.size(); ++bytes) {
    const auto read = read_connections(text.substr(0, bytes), "f");
    ASSERT_FALSE(read) << bytes;
    EXPECT_EQ(read.error().code, Errc::invalid);
  }
  EXPECT_FALSE(read_connections(text + "\n", "f"));
  EXPECT_FALSE(read_connections(text + text, "f"));
}

TEST(ConnectionFile, RefusesAnyFileWithAChangedByte) {
  const std::string text = text_of({connection(1), connection(2)});
  for (std::size_t i = 0; i < text.size(); ++i) {
    for (const int change : {1, 4, 0x80}) {
      std::string damaged = text;
      damaged[i] = static_cast<char>(damaged[i] ^ change);
      EXPECT_FALSE(read_connections(damaged, "f")) << i << " " << damaged;
    }
  }
}

TEST(ConnectionFile, SaysWhichLineIsWrong) {
  const std::string good = connection_line(connection(1));
  const std::pair<std::string, std::string> bad[] = {
      {"[]", "no connection"},
      {"nonsense", "no connection"},
      {std::string(200, '['), "no connection"},
      {std::string(257, ' '), "too long"},
      {R"(["sctp","10.9.0.1",80,"192.0.2.7",1,"10.2.0.11",80,"reset",1,2,3])", "no connection"},
      {R"(["tcp","10.9.0.1",65536,"192.0.2.7",1,"10.2.0.11",80,"reset",1,2,3])", "no connection"},
      {R"(["tcp","10.9.0.1",-1,"192.0.2.7",1,"10.2.0.11",80,"reset",1,2,3])", "no connection"},
      {R"(["tcp","10.9.0.1",80,"192.0.2.256",1,"10.2.0.11",80,"reset",1,2,3])", "no connection"},
      {R"(["tcp","10.9.0.1",80,"192.0.2.7",1,"10.2.0.11",80,"none",1,2,3])", "no connection"},
      {R"(["tcp","10.9.0.1",80,"192.0.2.7",1,"10.2.0.11",80,"reset",131072,2,3])", "no connection"},
      {R"(["tcp","10.9.0.1",80,"192.0.2.7",1,"10.2.0.11",80,"reset",1,2,1e400])", "no connection"},
      {R"({"connections":1,"fnv1a":"0000000000000000"})", "checksum"}};
  for (const auto& [line, what] : bad) {
    ConnectionFileWriter writer;
    writer.add_line(good);
    writer.add_line(line);
    const auto read = read_connections(std::move(writer).finish(), "f");
    ASSERT_FALSE(read) << line;
    EXPECT_EQ(read.error().where, "f:3") << line;
    EXPECT_NE(read.error().what.find(what), std::string::npos) << read.error().what;
  }
}

TEST(ConnectionFile, RefusesOtherFilesAndOtherVersions) {
  for (const char* text : {"", "\n", "{}\n", "[1]\n", "version: 1\nports:\n", "\"x\"\n"}) {
    const auto read = read_connections(text, "f");
    ASSERT_FALSE(read) << text;
    EXPECT_NE(read.error().what.find("no file of connections"), std::string::npos);
  }
  const auto read = read_connections("{\"format\":\"sluice-connections\",\"version\":2}\n", "f");
  ASSERT_FALSE(read);
  EXPECT_NE(read.error().what.find("version 1"), std::string::npos);
}

}  // namespace
}  // namespace sluice::daemon
