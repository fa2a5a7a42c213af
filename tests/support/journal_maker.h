// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "daemon/core/text.h"
#include "tests/host/temporary_tree.h"

namespace kdumpd {

// Real journal files with any boots in them: entries in the export format, which
// systemd-journal-remote(8) writes into a file.
class JournalMaker {
 public:
  using Fields = std::vector<std::pair<std::string, std::string>>;

  // The entries that follow are of this boot, one each second from `seconds` since the epoch.
  JournalMaker& Boot(std::string id, std::int64_t seconds) {
    boot_ = std::move(id);
    seconds_ = seconds;
    monotonic_ = 1;
    return *this;
  }
  JournalMaker& Say(const Fields& fields) {
    Add("__REALTIME_TIMESTAMP", Cat(seconds_++, "000000"));
    Add("__MONOTONIC_TIMESTAMP", Cat(monotonic_++, "000000"));
    Add("_BOOT_ID", boot_);
    for (const auto& [name, value] : fields) Add(name, value);
    text_ += '\n';
    return *this;
  }

  // As those who write it do.
  JournalMaker& Kernel(const std::string& message) {
    return Say({{"_TRANSPORT", "kernel"},
                {"SYSLOG_FACILITY", "0"},
                {"SYSLOG_IDENTIFIER", "kernel"},
                {"MESSAGE", message}});
  }
  JournalMaker& Service(const std::string& name, const std::string& message) {
    return Say({{"_TRANSPORT", "stdout"},
                {"_UID", "0"},
                {"_PID", "4711"},
                {"SYSLOG_IDENTIFIER", name},
                {"MESSAGE", message}});
  }
  JournalMaker& Journald(const std::string& id, const std::string& message) {
    return Say({{"_TRANSPORT", "driver"},
                {"_UID", "0"},
                {"_PID", "222"},
                {"SYSLOG_IDENTIFIER", "systemd-journald"},
                {"MESSAGE_ID", id},
                {"MESSAGE", message}});
  }
  JournalMaker& JournalStarts() {
    return Journald("f77379a8490b408bbe5f6940505a777b", "Journal started");
  }
  JournalMaker& JournalStops() {
    return Journald("d93fb3c9c24d451a97cea615ce59c00b", "Journal stopped");
  }
  JournalMaker& Logind(const std::string& uid = "0") {
    return Say({{"_TRANSPORT", "journal"},
                {"_UID", uid},
                {"_PID", "333"},
                {"SYSLOG_IDENTIFIER", "systemd-logind"},
                {"MESSAGE_ID", "98268866d1d54a499c4e98921d93bc40"},
                {"SHUTDOWN", "reboot"},
                {"MESSAGE", "System is rebooting."}});
  }
  JournalMaker& Systemd(const std::string& id, const std::string& unit, const std::string& message,
                        const std::string& pid = "1") {
    return Say({{"_TRANSPORT", "journal"},
                {"_UID", "0"},
                {"_PID", pid},
                {"SYSLOG_IDENTIFIER", "systemd"},
                {"MESSAGE_ID", id},
                {"UNIT", unit},
                {"MESSAGE", message}});
  }
  JournalMaker& Reached(const std::string& target, const std::string& pid = "1") {
    return Systemd("39f53479d3a045ac8e11786248231fbf", target, "Reached target " + target, pid);
  }
  JournalMaker& StartupFinished() {
    return Systemd("b07a249cd024414a82dd00cd181378ff", "", "Startup finished in 9s.");
  }

  // False: there is no such program here.
  static bool Possible() { return ::access(kProgram, X_OK) == 0; }
  // `file`: "....journal"; its directories are made.
  void Write(const std::string& file) const {
    const TemporaryTree tree;
    tree.Write("export", text_);
    std::filesystem::create_directories(std::filesystem::path(file).parent_path());
    EXPECT_EQ(std::system(Cat(kProgram, " -o '", file, "' - <'", tree.path(), "/export' 2>'",
                              tree.path(), "/said'")
                              .c_str()),
              0);
  }

 private:
  static constexpr const char* kProgram = "/lib/systemd/systemd-journal-remote";

  void Add(std::string_view name, std::string_view value) {
    if (value.find('\n') == value.npos) {
      text_ += Cat(name, '=', value, '\n');
      return;
    }
    text_ += Cat(name, '\n');
    for (int shift = 0; shift < 64; shift += 8) {
      text_ += static_cast<char>(value.size() >> shift & 0xff);
    }
    text_ += Cat(value, '\n');
  }

  std::string text_;
  std::string boot_;
  std::int64_t seconds_ = 0;
  int monotonic_ = 0;
};

}  // namespace kdumpd
