// SPDX-License-Identifier: Apache-2.0
#include "daemon/core/shell_assignments.h"

#include <gtest/gtest.h>

#include "daemon/core/text.h"

namespace kdumpd {
namespace {

// "2 NAME=[value]", one for each assignment; += shows as it stands.
std::vector<std::string> Set(std::string_view text) {
  std::vector<std::string> set;
  for (const auto& a : ReadShellAssignments(text).assignments) {
    set.push_back(Cat(a.line, ' ', a.name, a.append ? "+=[" : "=[", a.value, ']'));
  }
  return set;
}

struct SetCase {
  std::string_view text;
  std::vector<std::string> set;
};

TEST(ShellAssignmentsTest, ReadsValuesAsAShellDoes) {
  const std::vector<SetCase> cases{
      {"", {}},
      {"\n# A=1\n  #B=2\n", {}},
      {"A=1", {"1 A=[1]"}},
      {"\n\n  A=1  # one\n", {"3 A=[1]"}},
      {"A=1#x\n", {"1 A=[1#x]"}},
      {"A=\nB=2", {"1 A=[]", "2 B=[2]"}},
      {"A=\"b c\"", {"1 A=[b c]"}},
      {"A='b \"c\\'", {"1 A=[b \"c\\]"}},
      {"A=\"b \\\"c\\\\ \\x\"", {"1 A=[b \"c\\ \\x]"}},
      {"A=\"b\"c'd'\\ e", {"1 A=[bcd e]"}},
      {"A=\"b\nc\"\nD=1", {"1 A=[b\nc]", "3 D=[1]"}},
      {"A=\"b \\\n c\"\nD=1", {"1 A=[b  c]", "3 D=[1]"}},
      {"A=b\\\nc\nD=1", {"1 A=[bc]", "3 D=[1]"}},
      {"A=1 B=2;C=3", {"1 A=[1]", "1 B=[2]", "1 C=[3]"}},
      {"A=1\nA=2", {"1 A=[1]", "2 A=[2]"}},
      {"A+=x", {"1 A+=[x]"}},
      {"export A=1", {"1 A=[1]"}},
      {"_a9=1\n", {"1 _a9=[1]"}},
      {"9a=1\nA-B=2\nA =3\n=4\n", {}},
      {"A=1 reboot\nB=2", {"2 B=[2]"}},  // only for the command
      {"MAKEDUMP_ARGS=-c -d 31\n", {}},
      {"A=1\r\nB=\"2\"\r\n", {"1 A=[1]", "2 B=[2]"}},
      {"A=$B\nC=\"${D}\"", {"1 A=[$B]", "2 C=[${D}]"}},
      {"A=\"open", {"1 A=[open]"}},
      {"A='open", {"1 A=[open]"}},
      {"A=\\", {"1 A=[]"}},
      {"if true; then A=1; fi", {}},
      {"A=1 | B=2\nC=3", {"2 C=[3]"}},
      {"A=$(b c)d\nE=`f g`\nH=(1 2)", {"1 A=[$(b c)d]", "2 E=[`f g`]", "3 H=[(1 2)]"}},
      {"A=\"$(b c)\"", {"1 A=[$(b c)]"}},
  };
  for (const auto& test : cases) EXPECT_EQ(Set(test.text), test.set) << test.text;
}

std::string_view Name(ShellOddity oddity) {
  constexpr std::string_view kNames[] = {"crlf",      "quote",  "substitution",
                                         "expansion", "append", "parenthesis",
                                         "words",     "export", "command"};
  return kNames[static_cast<int>(oddity)];
}

std::vector<std::string> Remarks(std::string_view text) {
  std::vector<std::string> remarks;
  for (const auto& r : ReadShellAssignments(text).remarks) {
    remarks.push_back(Cat(r.line, ' ', Name(r.oddity), ' ', r.name));
  }
  return remarks;
}

TEST(ShellAssignmentsTest, RemarksOnWhatIsNoPlainAssignment) {
  const std::vector<SetCase> cases{
      {"A=1\nB='$(x) `y` $Z'\nC=\\$D\nE=$\nF=\"cost: $ 5\"\n", {}},
      {"A=1\r\nB=2\r\n", {"1 crlf "}},
      {"A=1\nB=2\r\n", {"2 crlf "}},
      {"A=1\nB=2\r", {"2 crlf "}},
      {"A=1\nB=\"x\nC=2\n", {"2 quote B"}},
      {"A='", {"1 quote A"}},
      {"A=$(id)", {"1 substitution A"}},
      {"A=\"$(id)\"", {"1 substitution A"}},
      {"A=`id -u`", {"1 substitution A"}},
      {"A=$(a $(b) c)", {"1 substitution A"}},
      {"A=$(a b\nB=1", {"1 substitution A"}},
      {"A=$B", {"1 expansion A"}},
      {"A=\"${B}\"", {"1 expansion A"}},
      {"A+=1", {"1 append A"}},
      {"A=(1 2)", {"1 parenthesis A"}},
      {"A=-c -d 31", {"1 words A"}},
      {"export A=1", {"1 export "}},
      {"exporter A=1", {"1 command "}},
      {"A = secret", {"1 command A"}},
      {"secret", {"1 command "}},
      {". /etc/other\nA=1", {"1 command "}},
      {"A=1;secret", {"1 command "}},
  };
  for (const auto& test : cases) EXPECT_EQ(Remarks(test.text), test.set) << test.text;
}

TEST(ShellAssignmentsTest, BoundsRemarksAndTheirNames) {
  std::string text(1000, 'N');
  text += '=';
  for (int i = 0; i < 300; ++i) text += "$A";
  const auto remarks = ReadShellAssignments(text).remarks;
  ASSERT_EQ(remarks.size(), 200U);
  EXPECT_EQ(remarks.front().name, std::string(64, 'N'));
}

}  // namespace
}  // namespace kdumpd
