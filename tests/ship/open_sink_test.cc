// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "tests/support/ship_doubles.h"

namespace kdumpd {
namespace {

TEST(OpenSink, KnowsItsSchemes) {
  struct Row {
    std::string url;
    bool opens;
  };
  for (const Row& row : std::vector<Row>{{"file:///a", true},
                                         {"https://h/a", true},
                                         {"http://h/a", true},
                                         {"ftp://h/a", false},
                                         {"files:///a", false},
                                         {"", false},
                                         {"sftp://h/a", false}}) {
    EXPECT_EQ(OpenSink(InputFor(row.url)).has_value(), row.opens) << row.url;
  }
}

}  // namespace
}  // namespace kdumpd
