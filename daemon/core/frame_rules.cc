// SPDX-License-Identifier: Apache-2.0
#include "daemon/core/frame_rules.h"

#include <algorithm>
#include <array>

namespace kdumpd {
namespace {

bool Matches(std::string_view pattern, std::string_view name) {
  if (pattern.front() == '*') {
    pattern.remove_prefix(1);
    const bool open = pattern.ends_with('*');
    if (open) pattern.remove_suffix(1);
    return open ? name.contains(pattern) : name.ends_with(pattern);
  }
  const auto star = pattern.find('*');
  if (star == std::string_view::npos) return name == pattern;
  // "__list_*valid*": the second part anywhere behind the first.
  std::string_view rest = pattern.substr(star + 1);
  if (!name.starts_with(pattern.substr(0, star))) return false;
  name.remove_prefix(star);
  if (rest.empty()) return true;
  const bool open = rest.ends_with('*');
  if (open) rest.remove_suffix(1);
  return open ? name.contains(rest) : name.ends_with(rest);
}

constexpr std::array<std::string_view, 10> kCallWrappers{
    "__x64_sys_", "__ia32_sys_", "__arm64_sys_", "__s390x_sys_", "__riscv_sys_",
    "__se_sys_",  "__do_sys_",   "SyS_",         "SYSC_",        "ksys_"};

}  // namespace

bool IsA(FrameRole role, std::string_view name) {
  return std::ranges::any_of(FrameGroups(), [&](const FrameGroup& group) {
    return group.role == role && std::ranges::any_of(group.names, [&](std::string_view pattern) {
             return Matches(pattern, name);
           });
  });
}

std::string NormalFunction(std::string_view name) {
  if (name.starts_with('.')) name.remove_prefix(1);  // ppc64, function descriptors
  name = name.substr(0, name.find('.'));
  constexpr std::string_view kNoProfile = "_noprof";
  if (name.ends_with(kNoProfile)) name.remove_suffix(kNoProfile.size());
  for (const std::string_view wrapper : kCallWrappers) {
    if (name.starts_with(wrapper)) return std::string("sys_").append(name.substr(wrapper.size()));
  }
  return std::string(name);
}

}  // namespace kdumpd
