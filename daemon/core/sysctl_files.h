// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace kdumpd {

// One assignment of sysctl.d(5), the key with dots ("kernel.panic").
struct SysctlSetting {
  std::string key;
  std::string value;
  std::string file;  // as the node names it
};

// The name with dots between its parts, as sysctl.d(5) reads it: when its first separator is a
// slash, slashes and dots change places ("net/ipv4/conf/eth0.5/x" is "net.ipv4.conf.eth0/5.x").
[[nodiscard]] std::string SysctlKey(std::string_view name);

// Whether some check judges the value of this key. The others are of no interest here.
[[nodiscard]] bool JudgesSysctl(std::string_view key);

// One file's assignments in file order. '#' and ';' begin comments, a leading '-' is dropped, '/'
// and '.' both separate; globs are left out. Bounded: at most 1,000.
[[nodiscard]] std::vector<SysctlSetting> ParseSysctlFile(std::string_view text,
                                                         std::string_view file);

}  // namespace kdumpd
