#include "base/printable.hpp"

#include <gtest/gtest.h>

namespace sluice::base {
namespace {

TEST(Printable, leaves_what_people_write) {
  for (const char* text : {"", "web-1", "Zürich", "日本", "a\\b \"c\"", "\xf0\x9f\x90\x8c"}) {
    EXPECT_EQ(printable(text), text);
  }
}

TEST(Printable, leaves_nothing_that_a_terminal_obeys) {
  EXPECT_EQ(printable("\x1b[2Jx\x07"), "\\x1b[2Jx\\x07");
  EXPECT_EQ(printable("a\nb\tc\r"), "a\\x0ab\\x09c\\x0d");
  EXPECT_EQ(printable(std::string("\0\x7f", 2)), "\\x00\\x7f");
  EXPECT_EQ(printable("\xc2\x9b"
                      "31m"),
            "\\xc2\\x9b31m")
      << "CSI in one character";
  EXPECT_EQ(printable("\xe2\x80\xae"
                      "txt"),
            "\\xe2\\x80\\xaetxt")
      << "turns the direction of text";
}

TEST(Printable, shows_bytes_that_are_no_utf8) {
  EXPECT_EQ(printable("\xff\xfe"), "\\xff\\xfe");
  EXPECT_EQ(printable("\xc0\xaf"), "\\xc0\\xaf") << "too long a form";
  EXPECT_EQ(printable("\xe0\x80\x80"), "\\xe0\\x80\\x80") << "too long a form";
  EXPECT_EQ(printable("\xed\xa0\x80"), "\\xed\\xa0\\x80") << "a surrogate";
  EXPECT_EQ(printable("\xf4\x90\x80\x80"), "\\xf4\\x90\\x80\\x80") << "beyond Unicode";
  EXPECT_EQ(printable("x\xe2\x82"), "x\\xe2\\x82") << "cut short";
}

TEST(Printable, keeps_line_ends_where_a_text_has_many_lines) {
  EXPECT_EQ(printable("a:\n\tb\r\n", Lines::many), "a:\n\tb\\x0d\n");
}

}  // namespace
}  // namespace sluice::base
