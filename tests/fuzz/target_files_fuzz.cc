// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "daemon/core/config_dialects.h"
#include "daemon/core/ssh_facts.h"
#include "daemon/core/target_facts.h"

namespace {

void Require(bool holds) {
  if (!holds) __builtin_trap();
}

}  // namespace

// One text, read as each of the files that stand behind a target.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);

  const kdumpd::BlockDevice device = kdumpd::ParseUdevData(text);
  Require(device.fs_type.size() <= 255 && device.links.size() <= 32);
  Require(!kdumpd::BlockKind(text, text, false).empty());

  const kdumpd::PrivateKey key = kdumpd::ParsePrivateKey(text);
  Require(!key.format.empty() || (!key.encrypted && key.algorithm.empty()));
  Require(key.algorithm.empty() || key.format == "OPENSSH");
  Require(key.algorithm.size() <= 70);

  // A host that no line can name, unless by a wildcard.
  const std::string_view host = "no-such-host.invalid";
  const bool wild = text.find_first_of("*?") != std::string_view::npos;
  const bool named = kdumpd::Lower(text).contains(host);
  const auto known = kdumpd::MatchKnownHosts(text, host, "2222");
  Require(wild || named || known == kdumpd::KnownHost::kNo || known == kdumpd::KnownHost::kHashed);
  Require(kdumpd::HostNameFor(text, host).size() <= text.size() * (host.size() + 1));

  Require(kdumpd::ParseNameservers(text).size() <= 16);
  for (const auto& name : kdumpd::ParseHostNames(text)) {
    Require(!name.empty() && name.size() <= 255);
  }
  for (const auto kind : {kdumpd::TargetKind::kSsh, kdumpd::TargetKind::kNfs,
                          kdumpd::TargetKind::kSmb, kdumpd::TargetKind::kFtp}) {
    kdumpd::Target target;
    target.kind = kind;
    target.spec = text;
    const kdumpd::Endpoint endpoint = kdumpd::EndpointOf(target);
    Require(endpoint.user.size() + endpoint.host.size() + endpoint.port.size() <= text.size());
    static_cast<void>(kdumpd::IsAddress(endpoint.host));
  }
  return 0;
}
