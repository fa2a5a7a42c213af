// SPDX-License-Identifier: Apache-2.0
#include "daemon/core/capture_facts.h"

#include <gtest/gtest.h>

#include "daemon/core/text.h"

namespace kdumpd {
namespace {

TEST(KernelConfig, SaysPageSizeAndAddressBits) {
  struct Row {
    std::string_view what, text;
    int page, bits;
  };
  const Row rows[] = {
      {"Debian 13 arm64",
       "CONFIG_ARM64_4K_PAGES=y\n# CONFIG_ARM64_16K_PAGES is not set\n"
       "# CONFIG_ARM64_64K_PAGES is not set\nCONFIG_ARM64_VA_BITS_52=y\nCONFIG_ARM64_VA_BITS=52\n",
       4096, 52},
      {"16K", "CONFIG_ARM64_16K_PAGES=y\nCONFIG_ARM64_VA_BITS=47\n", 16384, 47},
      {"64K, no final newline", "CONFIG_ARM64_64K_PAGES=y\nCONFIG_ARM64_VA_BITS=48", 65536, 48},
      {"CR LF", "CONFIG_ARM64_4K_PAGES=y\r\nCONFIG_ARM64_VA_BITS=39\r\n", 4096, 39},
      {"a choice is not the number", "CONFIG_ARM64_VA_BITS_52=y\n", 0, 0},
      {"a module", "CONFIG_ARM64_4K_PAGES=m\n", 0, 0},
      {"longer names", "XCONFIG_ARM64_4K_PAGES=y\nCONFIG_ARM64_4K_PAGES=yes\n", 0, 0},
      {"commented out", "# CONFIG_ARM64_VA_BITS=52\n", 0, 0},
      {"64 bits at most", "CONFIG_ARM64_VA_BITS=65\n", 0, 0},
      {"no number", "CONFIG_ARM64_VA_BITS=\"52\"\n", 0, 0},
      {"empty", "", 0, 0},
  };
  for (const Row& row : rows) {
    const KernelLayout layout = ParseKernelConfig(row.text);
    EXPECT_EQ(layout.page_bytes, row.page) << row.what;
    EXPECT_EQ(layout.va_bits, row.bits) << row.what;
  }
}

TEST(MakedumpfileVersion, IsItsOwnText) {
  using namespace std::string_view_literals;
  const std::pair<std::string_view, std::string_view> rows[] = {
      {"\x7f"
       "ELF\0makedumpfile: version 1.7.2 (released on 20 Oct 2022)\n\0lzo"sv,
       "1.7.2"},
      {"makedumpfile: version 1.7.8++ (released on 1 Jan 2026)", "1.7.8++"},
      {"makedumpfile: version 1.7 (released on x", "1.7"},
      {"makedumpfile: version %s (released on makedumpfile: version 1.7.6 (released on ", "1.7.6"},
      {"makedumpfile: version 1.7.2 (built on 20 Oct 2022)", ""},
      {"makedumpfile: version  (released on 20 Oct 2022)", ""},
      {"makedumpfile: version .1 (released on 20 Oct 2022)", ""},
      {"makedumpfile: version 1.7.2", ""},
      {"makedumpfil: version 1.7.2 (released on 20 Oct 2022)", ""},
      {"makedumpfile: version 1.1111111111111111111111111111111 (released on 1", ""},
      {"", ""},
  };
  for (const auto& [bytes, version] : rows) EXPECT_EQ(MakedumpfileVersion(bytes), version) << bytes;
}

std::string Symbols(int count) {
  std::string text;
  for (int i = 0; i < count; ++i) text += Cat("ffff80008001", 1000 + i, " t __pi_f", i, "\n");
  return text;
}

TEST(TextSymbol, StandsBeforeStext) {
  const std::string text = "ffff800080000000 T _text\n";
  const std::string stext = "ffff800080010000 T _stext\n";
  const auto masked = [](std::string lines) {
    for (auto at = lines.find("ffff8000800"); at != std::string::npos;
         at = lines.find("ffff8000800")) {
      lines.replace(at, 11, "00000000000");
    }
    return lines;
  };
  struct Row {
    std::string_view what;
    std::string head;
    std::optional<bool> there;
  };
  const Row rows[] = {
      {"KALLSYMS_ALL", text + stext + Symbols(20), true},
      {"Debian 12 arm64", stext + Symbols(20), false},
      {"x86: both at one address, in either order", stext + text, true},
      {"addresses hidden", masked(text + stext), true},
      {"addresses hidden, not there", masked(stext + Symbols(20)), false},
      {"enough symbols after _stext", stext + Symbols(16), false},
      {"one too few", stext + Symbols(15), std::nullopt},
      {"the last one cut", stext + Symbols(15) + "ffff800080012000 t __pi", std::nullopt},
      {"_text cut short of its end of line", stext + "ffff800080000000 T _text", std::nullopt},
      {"no _stext", Symbols(100), std::nullopt},
      {"a longer name", "ffff800080000000 T _text_start\n" + stext + Symbols(20), false},
      {"a module's", "ffff800080000000 t _text\t[mod]\n" + stext + Symbols(20), false},
      {"no symbols", "", std::nullopt},
      {"no symbols at all", "_text\n_stext\n", std::nullopt},
  };
  for (const Row& row : rows) EXPECT_EQ(HasTextSymbol(row.head), row.there) << row.what;
}

}  // namespace
}  // namespace kdumpd
