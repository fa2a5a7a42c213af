// SPDX-License-Identifier: Apache-2.0
#include "daemon/ship/place.h"
#include "daemon/ship/url_encode.h"

#include <gtest/gtest.h>

#include "daemon/ship/ssh_key.h"

namespace kdumpd {
namespace {

TEST(Place, TakenApartAndPutTogether) {
  struct Row {
    std::string url, user, path, object;
  };
  for (const Row& row : std::vector<Row>{
           {"sftp://me@h:22/a/b/", "me", "/a/b", "sftp://h:22/a/b/x/y%20z"},
           {"sftp://a%40b@h/a", "a@b", "/a", "sftp://h/a/x/y%20z"},
           {"https://h", "", "", "https://h/x/y%20z"},
           {"HTTPS://h/%7Ea%2Bb%20c", "", "/~a+b c", "https://h/~a%2Bb%20c/x/y%20z"},
           {"https://[::1]:8443/a", "", "/a", "https://[::1]:8443/a/x/y%20z"},
       }) {
    const auto place = PlaceOf(row.url);
    ASSERT_TRUE(place) << row.url << place.error().message;
    EXPECT_EQ(place->user, row.user);
    EXPECT_EQ(place->path, row.path);
    EXPECT_EQ(place->Url("x/y z"), row.object);
  }
}

TEST(Place, EncodesAllButTheUnreserved) {
  EXPECT_EQ(EncodePath("/aZ09-._~/ %?#\"'+=:@\xc3\xa9"),
            "/aZ09-._~/%20%25%3F%23%22%27%2B%3D%3A%40%C3%A9");
}

TEST(SftpQuotes, WhatLibcurlTakesOut) {
  EXPECT_EQ(QuoteForSftp(R"(/a b/"c"\'d')"), R"("/a b/\"c\"\\'d'")");
}

}  // namespace
}  // namespace kdumpd
