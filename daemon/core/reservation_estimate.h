// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "daemon/core/facts.h"

namespace kdumpd {

// What this node's own capture image needs, as far as its file tells: a lower bound.
struct ReservationEstimate {
  std::uint64_t bytes = 0;          // to write a dump
  std::uint64_t minimum_bytes = 0;  // to unpack its image; with less it dies at once
  std::string parts;                // for a person: what is counted, and what is not
};

// kdump-utils kdumpctl do_estimate, without what only an unpacked image tells: its modules, and the
// memory that opens a LUKS target. Nothing with firmware-assisted dump, which captures with the
// system's own initramfs, and without an image.
[[nodiscard]] std::optional<ReservationEstimate> EstimateReservation(const Facts& facts);

}  // namespace kdumpd
