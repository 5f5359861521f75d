// libFuzzer target of the manifest reader: any text gives either a reason or a manifest that comes
// back the same when it is written.
#include "image/manifest.hpp"
#include "must.hpp"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace sluice;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto read = image::parse_manifest(text, "fuzz.json");
  if (!read) {
    MUST(read.error().code == base::Errc::bad_image);
    MUST(read.error().what.size() < 1000 && read.error().where == "fuzz.json");
    return 0;
  }
  const auto again = image::parse_manifest(image::to_json(*read), "fuzz.json");
  MUST(again.ok());
  MUST(*again == *read);
  return 0;
}
