//! From a drawing to a picture.

use std::sync::{Arc, LazyLock};

use resvg::tiny_skia::{Pixmap, Transform};
use resvg::usvg::fontdb::Database;
use resvg::usvg::{Options, Tree};

use crate::report::chart::{Error, HEIGHT, SCALE, WIDTH};

/// The two faces of the charts; their licence and origin stand beside them.
static FONTS: LazyLock<Arc<Database>> = LazyLock::new(|| {
    let mut fonts = Database::new();
    fonts.load_font_data(include_bytes!("fonts/Inter-Regular.ttf").to_vec());
    fonts.load_font_data(include_bytes!("fonts/Inter-SemiBold.ttf").to_vec());
    Arc::new(fonts)
});

/// Draws an SVG of [`WIDTH`] times [`HEIGHT`].
pub(super) fn png(svg: &str) -> Result<Vec<u8>, Error> {
    let options = Options { fontdb: Arc::clone(&FONTS), ..Options::default() };
    let tree = Tree::from_str(svg, &options)?;
    let (width, height) = (WIDTH * SCALE, HEIGHT * SCALE);
    let mut pixels = Pixmap::new(width, height).ok_or(Error::Size(width, height))?;
    let scale = SCALE as f32;
    resvg::render(&tree, Transform::from_scale(scale, scale), &mut pixels.as_mut());
    pixels.encode_png().map_err(|error| Error::Png(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_embedded_faces_are_known() {
        let faces: Vec<String> = FONTS.faces().map(|face| face.families[0].0.clone()).collect();
        assert_eq!(faces, ["Inter", "Inter SemiBold"]);
    }
}
