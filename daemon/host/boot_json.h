// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/core/boot_record.h"

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

// `schema` 0: it is no such file. `value`: of our schema, and whole.
template <class T>
struct ParsedBootFile {
  std::uint64_t schema = 0;
  std::optional<T> value;
};
[[nodiscard]] ParsedBootFile<BeatFile> ParseBeatFile(std::string_view json);
[[nodiscard]] ParsedBootFile<std::vector<BootRecord>> ParseBootsFile(std::string_view json);

}  // namespace kdumpd
