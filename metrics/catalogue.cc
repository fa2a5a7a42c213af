// SPDX-License-Identifier: Apache-2.0
#include "metrics/catalogue.h"

#include <algorithm>

#include "daemon/core/upload_target.h"

namespace kdumpd {
namespace {

std::size_t MostUnits() {
  std::size_t most = 0;
  for (const Distribution distribution :
       {Distribution::kRhel, Distribution::kCoreos, Distribution::kDebian, Distribution::kUbuntu,
        Distribution::kSuse, Distribution::kOther}) {
    most = std::max(most, ProfileOf(distribution).units.size());
  }
  return most;
}

}  // namespace

std::size_t WorstCaseSeries() {
  std::size_t sum = 0;
  for (const Metric& metric : kCatalogue) {
    std::size_t times = 1;
    if (metric.per == PerNode::kUnit) times = MostUnits();
    if (metric.per == PerNode::kDestination) times = kMostTargets;
    sum += metric.series * times;
  }
  return sum;
}

}  // namespace kdumpd
