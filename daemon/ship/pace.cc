// SPDX-License-Identifier: Apache-2.0
#include "daemon/ship/pace.h"

#include <cstdlib>
#include <fstream>
#include <string_view>
#include <thread>
#include <utility>

namespace kdumpd {
namespace {

constexpr std::chrono::seconds kLookEvery(2);

// "some avg10=1.23 avg60=...": the avg10 of the line that begins with `kind`; 0 when there is none.
double AverageOf(const std::string& file, std::string_view kind) {
  std::ifstream in(file);
  std::string line;
  for (int lines = 0; lines < 4 && std::getline(in, line); ++lines) {
    constexpr std::string_view kKey = "avg10=";
    const auto at = line.find(kKey);
    if (!line.starts_with(kind) || at == std::string::npos) continue;
    return std::strtod(line.c_str() + at + kKey.size(), nullptr);
  }
  return 0;
}

}  // namespace

Pace::Pace(Limits limits, std::function<void(std::uint64_t)> sent)
    : limits_(std::move(limits)),
      sent_(std::move(sent)),
      bucket_(limits_.bytes_per_second, Clock::now()) {}

std::size_t Pace::Take(std::size_t wanted) {
  WaitForPressure();
  std::size_t some = wanted;
  if (limits_.bytes_per_second != 0) {
    while ((some = bucket_.Take(wanted, Clock::now())) == 0) {
      std::this_thread::sleep_for(bucket_.Wait(wanted));
    }
  }
  if (sent_) sent_(some);
  return some;
}

bool Pace::UnderPressure() const {
  return AverageOf(limits_.pressure_directory + "/memory", "some") > limits_.memory_some ||
         AverageOf(limits_.pressure_directory + "/io", "full") > limits_.io_full;
}

void Pace::WaitForPressure() {
  if (limits_.pressure_directory.empty()) return;
  const auto began = Clock::now();
  if (looked_ != Clock::time_point{} && began - looked_ < kLookEvery) return;
  while (UnderPressure() && Clock::now() - began < limits_.longest_pause) {
    paused_ = true;
    if (sent_) sent_(0);
    std::this_thread::sleep_for(std::chrono::seconds(1));
  }
  paused_ = false;
  looked_ = Clock::now();
}

}  // namespace kdumpd
