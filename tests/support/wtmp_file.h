// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <utmp.h>

#include <cstring>
#include <fstream>
#include <string>
#include <string_view>

namespace kdumpd {

// What systemd-update-utmp(8) appends when the system starts and when it goes down.
inline void AppendWtmp(const std::string& path, std::int64_t seconds, bool boot) {
  const auto copy = [](auto& field, std::string_view text) {
    std::memcpy(field, text.data(), text.size());
  };
  utmp record{};
  record.ut_type = boot ? BOOT_TIME : RUN_LVL;
  copy(record.ut_line, "~");
  copy(record.ut_id, "~~");
  copy(record.ut_user, boot ? "reboot" : "shutdown");
  record.ut_tv.tv_sec = static_cast<decltype(record.ut_tv.tv_sec)>(seconds);
  std::ofstream(path, std::ios::binary | std::ios::app)
      .write(reinterpret_cast<const char*>(&record), sizeof record);
}

}  // namespace kdumpd
