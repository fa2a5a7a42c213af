// SPDX-License-Identifier: Apache-2.0
#include "daemon/core/machine_texts.h"

#include <cstddef>
#include <cstdint>

namespace {

void Require(bool holds) {
  if (!holds) __builtin_trap();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto modules = kdumpd::ParseModules(text);
  Require(modules.size() <= 10'000);
  for (const auto& module : modules) Require(text.find(module.name) != text.npos);
  const auto consoles = kdumpd::ParseConsoles(text);
  Require(consoles.size() <= 100);
  for (const auto& console : consoles) Require(!console.name.empty());
  const std::string kind = kdumpd::PstoreKind(text);
  Require(kind.size() <= 32 && kind.find_first_of("#\n \0") == kind.npos);
  if (const auto mode = kdumpd::ParseLockdown(text)) Require(!mode->empty() && mode->size() <= 32);
  Require(kdumpd::ParseEfiFlag(text).has_value() <= (size == 5));
  Require(kdumpd::ParseCell(text).has_value() == (size == 4));
  for (std::size_t i = 0; i < kdumpd::kKnobs; ++i) {
    const auto value = kdumpd::ParseKnob(static_cast<kdumpd::Knob>(i), text);
    Require(value || value.error().code == kdumpd::ErrorCode::kInvalid);
  }
  return 0;
}
