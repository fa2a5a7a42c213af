// SPDX-License-Identifier: Apache-2.0
#include "daemon/core/profile.h"

#include <cstddef>
#include <cstdint>

namespace {

void Require(bool holds) {
  if (!holds) __builtin_trap();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const kdumpd::OsRelease os = kdumpd::ParseOsRelease(text);
  for (const std::string* value :
       {&os.id, &os.id_like, &os.variant_id, &os.version_id, &os.pretty_name}) {
    Require(value->size() < text.size() || value->empty());
    Require(value->find('\n') == std::string::npos);
  }
  const kdumpd::Distribution distribution = kdumpd::DistributionOf(os);
  Require(kdumpd::ProfileOf(distribution).distribution == distribution);
  return 0;
}
