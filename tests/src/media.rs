use std::fs;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use tempfile::TempDir;

use crate::tools;

/// A film or a sound, made when it is first needed and kept beside the tools of the tests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Media {
    /// A minute of video and sound, about 100 MB, with its index before the media.
    LongMp4,
    /// The same with its index behind the media.
    LongMp4IndexLast,
    /// Two minutes of video and sound, 47 MB, with its index behind the media.
    LateMp4,
    /// Ten seconds of video and sound.
    WebM,
    /// Two minutes of sound.
    Mp3,
}

impl Media {
    /// Bytes each second of [`Media::LongMp4`]: the same number in every second.
    pub const LONG_RATE: u32 = 1_640_000;

    /// What it is called.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::LongMp4 => "long.mp4",
            Self::LongMp4IndexLast => "index-last.mp4",
            Self::LateMp4 => "late.mp4",
            Self::WebM => "short.webm",
            Self::Mp3 => "tone.mp3",
        }
    }

    /// The file.
    ///
    /// # Errors
    /// If ffmpeg is not installed, or fails.
    pub fn file(self) -> Result<PathBuf> {
        let recipe = self.recipe();
        let mut hasher = DefaultHasher::new();
        recipe.hash(&mut hasher);
        let folder = tools::media().join(format!("{:016x}", hasher.finish()));
        let path = folder.join(self.name());
        if !path.exists() {
            fs::create_dir_all(&folder)?;
            // Several tests may make it at once; each puts it there whole.
            let draft = TempDir::new_in(&folder)?;
            make(&recipe, &draft.path().join(self.name()))?;
            fs::rename(draft.path().join(self.name()), &path)?;
        }
        Ok(path)
    }

    /// What ffmpeg is told.
    fn recipe(self) -> String {
        // A codec's filler brings the bit rate up at no cost, so that a file of this size is made in seconds.
        let long = "-f lavfi -i testsrc2=size=640x360:rate=25 -f lavfi -i sine=frequency=440 -t 60 \
            -pix_fmt yuv420p -c:v libx264 -preset ultrafast -b:v 13M -minrate 13M -maxrate 13M -bufsize 13M \
            -x264-params nal-hrd=cbr:keyint=25 -c:a aac -b:a 128k";
        match self {
            Self::LongMp4 => format!("{long} -movflags +faststart"),
            Self::LongMp4IndexLast => long.to_owned(),
            Self::LateMp4 => {
                "-f lavfi -i testsrc2=size=640x360:rate=25 -f lavfi -i sine=frequency=440 -t 120 \
                -pix_fmt yuv420p -c:v libx264 -preset ultrafast -b:v 3M -minrate 3M -maxrate 3M -bufsize 3M \
                -x264-params nal-hrd=cbr:keyint=25 -c:a aac -b:a 128k"
                    .to_owned()
            }
            Self::WebM => "-f lavfi -i testsrc2=size=320x180:rate=25 -f lavfi -i sine=frequency=440 -t 10 \
                -pix_fmt yuv420p -c:v libvpx -deadline realtime -cpu-used 8 -b:v 4M -g 25 -c:a libopus"
                .to_owned(),
            Self::Mp3 => "-f lavfi -i sine=frequency=440 -t 120 -c:a libmp3lame -b:a 320k".to_owned(),
        }
    }
}

fn make(recipe: &str, path: &Path) -> Result<()> {
    let mut command = Command::new(tools::ffmpeg()?);
    command.args(["-loglevel", "error", "-nostdin"]).args(recipe.split_whitespace()).arg(path);
    let output = command.output().context("ffmpeg cannot be started")?;
    ensure!(output.status.success(), "ffmpeg failed: {}", String::from_utf8_lossy(&output.stderr));
    Ok(())
}
