// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/core/boot_record.h"
#include "daemon/host/parsed_file.h"

namespace kdumpd {

inline constexpr std::uint64_t kBootSchema = 1;

// What heartbeat.json holds.
struct BeatFile {
  std::optional<Heartbeat> beat;
  std::vector<Heartbeat> undecided;
  std::string done_for;
};
[[nodiscard]] std::string BeatJson(const BeatFile& file);
[[nodiscard]] std::string BootsFileJson(const std::vector<BootRecord>& boots);

[[nodiscard]] ParsedFile<BeatFile> ParseBeatFile(std::string_view json);
[[nodiscard]] ParsedFile<std::vector<BootRecord>> ParseBootsFile(std::string_view json);

}  // namespace kdumpd
