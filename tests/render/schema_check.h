// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <fstream>
#include <string>
#include <utility>

namespace kdumpd {

// Exit status and output of the JSON Schema check; 77 without the library.
inline std::pair<int, std::string> CheckSchema(const std::string& schema,
                                               const std::string& documents) {
  const std::string file =
      testing::TempDir() + "/kdumpd_" + schema + "_" + std::to_string(::getpid()) + ".json";
  std::ofstream(file) << documents;
  const std::string root = KDUMPD_SOURCE_DIR;
  const std::string command = "/usr/bin/python3 " + root + "/tests/render/check_schema.py " + root +
                              "/docs/schema/" + schema + ".schema.json < " + file + " 2>&1";
  FILE* pipe = ::popen(command.c_str(), "r");
  std::string output;
  std::array<char, 512> some{};
  while (std::fgets(some.data(), some.size(), pipe) != nullptr) output += some.data();
  const int status = ::pclose(pipe);
  std::remove(file.c_str());
  return {WEXITSTATUS(status), output};
}

}  // namespace kdumpd
