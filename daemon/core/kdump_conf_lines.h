// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "daemon/core/kdump_config.h"

namespace kdumpd {

// One directive of /etc/kdump.conf as kdump_read_conf hands it on; views into the text.
struct ConfLine {
  int number = 0;
  std::string_view option;
  std::string value;  // "" when there is none
};

// The directives, comments and blank lines dropped; what is wrong with a line as such goes to
// `config.problems`. kdump-utils kdump-lib-initramfs.sh kdump_read_conf.
[[nodiscard]] std::vector<ConfLine> ReadConfLines(std::string_view text, KdumpConfig& config);

}  // namespace kdumpd
