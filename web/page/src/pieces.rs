//! The state of many pieces as few cells.

use protocol::PieceMap;

/// One cell of the map: one piece, or several that lie side by side.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cell {
    /// Share of its pieces that are here, 0 to 1.
    pub here: f32,
    /// How far its most advanced piece is that is on its way, 0 to 1; 0 if none is.
    pub coming: f32,
}

/// The map in at most `most` cells, each for the same number of pieces but perhaps the last.
#[must_use]
pub fn cells(pieces: &PieceMap, most: u32) -> Vec<Cell> {
    let per_cell = pieces.count.div_ceil(most.max(1)).max(1);
    let is_here = |piece: u32| {
        let byte = pieces.have.get(piece as usize / 8).copied().unwrap_or(0);
        byte & (0x80 >> (piece % 8)) != 0
    };
    let mut cells: Vec<Cell> = (0..pieces.count)
        .step_by(per_cell as usize)
        .map(|first| {
            let range = first..first.saturating_add(per_cell).min(pieces.count);
            let length = range.len() as f32;
            Cell { here: range.filter(|piece| is_here(*piece)).count() as f32 / length, coming: 0.0 }
        })
        .collect();
    for (piece, received) in &pieces.active {
        if let Some(cell) = cells.get_mut((piece / per_cell) as usize) {
            // Even a piece of which nothing has come yet is on its way.
            cell.coming = cell.coming.max(received.clamp(0.01, 1.0));
        }
    }
    cells
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map(count: u32, have: &[u8], active: &[(u32, f32)]) -> PieceMap {
        PieceMap { count, piece_length: 16_384, have: have.to_vec(), active: active.to_vec() }
    }

    #[test]
    fn few_pieces_have_a_cell_each() {
        let cells = cells(&map(3, &[0b1010_0000], &[]), 100);
        assert_eq!(cells.iter().map(|cell| cell.here).collect::<Vec<_>>(), [1.0, 0.0, 1.0]);
    }

    #[test]
    fn many_pieces_share_cells() {
        let cells = cells(&map(10, &[0b1111_1000, 0], &[]), 3);
        assert_eq!(cells.iter().map(|cell| cell.here).collect::<Vec<_>>(), [1.0, 0.25, 0.0]);
    }

    #[test]
    fn a_piece_on_its_way_shows_before_its_first_byte() {
        let cells = cells(&map(4, &[0], &[(2, 0.0), (9, 0.5)]), 2);
        assert_eq!(cells[0].coming, 0.0);
        assert!(cells[1].coming > 0.0);
    }

    #[test]
    fn a_bitfield_that_is_too_short_means_nothing_is_here() {
        assert!(cells(&map(20, &[], &[]), 5).iter().all(|cell| cell.here == 0.0));
    }
}
