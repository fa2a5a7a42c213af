// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "daemon/core/fact.h"
#include "daemon/core/kdump_test_mark.h"
#include "daemon/host/host_root.h"

namespace kdumpd {

// The mark of `kdumpctl test`; absent where there is none. `blind`: why nothing may be touched; ""
// it may.
[[nodiscard]] Fact<KdumpTestMark> ReadKdumpTest(const HostRoot& root, std::string_view blind = {});

}  // namespace kdumpd
