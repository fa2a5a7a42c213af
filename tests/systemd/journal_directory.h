// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <fcntl.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "daemon/core/unique_fd.h"
#include "systemd/journal_boots.h"
#include "tests/support/journal_maker.h"

namespace kdumpd {

inline constexpr std::int64_t kDay = 1'700'000'000;
inline const std::string kNow(32, 'f');
inline std::string Id(char c) { return std::string(32, c); }

// A directory of journal files, and what is made of them.
class JournalDirectory : public testing::Test {
 protected:
  void SetUp() override {
    if (!JournalMaker::Possible()) GTEST_SKIP() << "no systemd-journal-remote";
  }
  [[nodiscard]] std::string Path(const std::string& name = "system.journal") const {
    return Cat(tree_.path(), '/', name);
  }
  [[nodiscard]] Result<std::vector<JournalBoot>> Boots(const std::string& current = kNow,
                                                       std::size_t most = 16) const {
    const UniqueFd fd(::open(tree_.path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    return BootsInJournal(fd.get(), current, most);
  }
  // Each by the first letter of its id, and what is said of it.
  [[nodiscard]] std::string Told(const std::string& current = kNow, std::size_t most = 16) const {
    const auto boots = Boots(current, most);
    if (!boots) return Cat("error ", static_cast<int>(boots.error().code));
    std::string told;
    for (const JournalBoot& boot : *boots) {
      told += Cat(told.empty() ? "" : " ", boot.boot_id[0], boot.shutdown ? "-down" : "",
                  boot.capture_kernel ? "-capture" : "", boot.panic.empty() ? "" : "-panic");
    }
    return told;
  }

  TemporaryTree tree_;
};

}  // namespace kdumpd
