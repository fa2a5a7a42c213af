// SPDX-License-Identifier: Apache-2.0
#include "daemon/core/crash_message.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace kdumpd {
namespace {

TEST(CrashMessage, IsTheSameForEveryNode) {
  const std::string long_text(200, 'x');
  for (const auto& [message, normal] : std::vector<std::pair<std::string_view, std::string_view>>{
           {"", ""},
           {"no numbers", "no numbers"},
           {"queue 3 of 12", "queue N of N"},
           {"code 42 <x>", "code N <x>"},
           {"exitcode=0x0000000b", "exitcode=N"},
           {"at ffff888003d3f018", "at N"},
           {"at 0xffff888003d3f018+0x10", "at N+N"},
           {"dead beef", "dead beef"},                  // words
           {"deadbeef0 12345678 feed1", "N N feed1"},   // addresses, and a name
           {"e1000: tx hang", "e1000: tx hang"},        // no address
           {"bad add fee", "bad add fee"},              //
           {"be2", "be2"},                              // too short for one
           {"sda2 eth0 nvme0n1", "sda2 eth0 nvme0n1"},  // names stay
           {"cpu#3: 5s", "cpu#N: N"},
           {"a_1 _1 1_", "a_1 _1 1_"},
           {"10.0.0.1:53", "N.N.N.N:N"},
           {"(0,0)", "(N,N)"},
           {"-5", "-N"},
           {"\"queue 3\" 3", "\"queue 3\" N"},  // in quotes they are names
           {"'kmalloc-64' 64", "'kmalloc-64' N"},
           {"\"it's 3\" 3", "\"it's 3\" N"},
           {"\"open 3", "\"open N"},
           {"can't map 17, won't", "can't map N, won't"},
           {"caf\xc3\xa9", "caf\\N"},
           {"caf\\xc3\\xa9 x", "caf\\N x"},
           {"caf\\xffffffc3\\xffffffa9 x", "caf\\N x"},  // makedumpfile
           {long_text, std::string_view(long_text).substr(0, 160)},
       }) {
    EXPECT_EQ(NormalMessage(message), normal) << message;
    EXPECT_LE(NormalMessage(message).size(), 160U);
  }
  EXPECT_LE(NormalMessage(std::string(1000, '\xff')).size(), 160U);
  EXPECT_LE(NormalMessage(std::string(159, ' ') + std::string(9, 'x')).size(), 160U);
}

}  // namespace
}  // namespace kdumpd
