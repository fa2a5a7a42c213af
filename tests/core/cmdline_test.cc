// SPDX-License-Identifier: Apache-2.0
#include "daemon/core/cmdline.h"

#include <gtest/gtest.h>

namespace kdumpd {
namespace {

// "key", or "key=[value]", one for each argument.
std::vector<std::string> Shown(std::string_view cmdline) {
  std::vector<std::string> shown;
  for (const auto& arg : ParseCmdline(cmdline)) {
    shown.push_back(arg.value ? arg.key + "=[" + *arg.value + "]" : arg.key);
  }
  return shown;
}

struct WordsCase {
  std::string_view cmdline;
  std::vector<std::string> args;
};

TEST(CmdlineTest, SplitsAsTheKernelDoes) {
  const std::vector<WordsCase> cases{
      {"", {}},
      {" \n", {}},
      {"ro", {"ro"}},
      {"ro quiet\n", {"ro", "quiet"}},
      {"  ro\t quiet ", {"ro", "quiet"}},
      {"a\xa0"
       "b",
       {"a", "b"}},  // a blank in Latin-1
      {"panic=10", {"panic=[10]"}},
      {"panic=", {"panic=[]"}},
      {"root=UUID=1-2", {"root=[UUID=1-2]"}},
      {"=x", {"=x"}},
      {"=x=y", {"=x=[y]"}},
      {"a=\"b c\" d", {"a=[b c]", "d"}},
      {"a=\"b\"", {"a=[b]"}},
      {"a=\"", {"a=[]"}},
      {"a=\"\"", {"a=[]"}},
      {"\"a=b c\" d", {"a=[b c]", "d"}},
      {"\"a b\" c", {"a b", "c"}},
      {"\"\" c", {"", "c"}},
      {"\"", {""}},
      {"a=b\"c d\"e f", {"a=[b\"c d\"e]", "f"}},  // quotes inside stay
      {"a=b\"c d\"", {"a=[b\"c d\"]"}},
      {"a=\"b c", {"a=[b c]"}},  // never closed
      {"a=\"b\"c", {"a=[b\"c]"}},
      {"a -- b=1 c", {"a"}},  // behind -- it is init's
      {"a --b --=1 c", {"a", "--b", "--=[1]", "c"}},
      {std::string_view("a\0b", 3), {"a"}},
  };
  for (const auto& test : cases) EXPECT_EQ(Shown(test.cmdline), test.args) << test.cmdline;
}

struct ValueCase {
  std::string_view key;
  std::optional<std::string> value;
};

TEST(CmdlineTest, TakesTheLastValueOfAKey) {
  constexpr std::string_view kCmdline =
      "BOOT_IMAGE=(hd0,gpt3)/vmlinuz root=/dev/sda4 fadump=off quiet panic=10 "
      "sysctl.kernel.panic=3 "
      "nr_cpus=1 fadump=on nr-cpus=2 dyndbg=\"file a.c +p\" -- panic=99";
  const std::vector<ValueCase> cases{
      {"root", "/dev/sda4"},
      {"fadump", "on"},
      {"quiet", ""},
      {"panic", "10"},
      {"sysctl.kernel.panic", "3"},
      {"nr_cpus", "2"},
      {"nr-cpus", "2"},
      {"nr_cpu", std::nullopt},
      {"nr_cpuss", std::nullopt},
      {"Root", std::nullopt},
      {"dyndbg", "file a.c +p"},
      {"", std::nullopt},
  };
  for (const auto& test : cases)
    EXPECT_EQ(CmdlineValue(kCmdline, test.key), test.value) << test.key;
  EXPECT_EQ(CmdlineValue("a=1 a", "a"), "");
}

}  // namespace
}  // namespace kdumpd
