//! What the formats' own tests ask for: a small thumbnail of a small file.

use super::Order;
use crate::{Effort, Limits};

const LIMITS: Limits = Limits { max_pixels: 1 << 16, max_memory: 1 << 22 };
pub(super) const ORDER: Order<'_> =
    Order { edge: 128, smallest_edge: 128, limits: &LIMITS, effort: Effort::Full };
